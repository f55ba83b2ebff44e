const EVERY_MS = 1_000;
const KEPT = 60;
const WIDTH = 240;
const HEIGHT = 36;
const SVG = "http://www.w3.org/2000/svg";

/**
 * Measures the round trip by an ack once a second while `probe` is given, and draws the last minute.
 *
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} chart
 */
export function createLatency(figure, chart) {
  const line = document.createElementNS(SVG, "polyline");
  chart.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  chart.setAttribute("preserveAspectRatio", "none");
  chart.append(line);
  /** @type {number[]} */
  let samples = [];
  /** @type {AbortController | undefined} */
  let running;

  const draw = () => {
    const last = samples.at(-1);
    figure.textContent = last === undefined ? "–" : formatMs(last);
    line.setAttribute("points", pointsOf(samples));
    chart.setAttribute("aria-label", summarise(samples));
  };
  return {
    /** @param {() => Promise<boolean>} probe resolves to false when no ack came */
    start(probe) {
      this.stop();
      running = new AbortController();
      void measure(probe, running.signal, (ms) => {
        samples = [...samples, ms].slice(-KEPT);
        draw();
      });
    },
    stop() {
      running?.abort();
      samples = [];
      draw();
    },
  };
}

/** @param {number} ms */
export function formatMs(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/**
 * @param {() => Promise<boolean>} probe
 * @param {AbortSignal} signal
 * @param {(ms: number) => void} take
 */
async function measure(probe, signal, take) {
  while (!signal.aborted) {
    const sentAt = performance.now();
    const answered = await probe();
    if (answered && !signal.aborted) take(performance.now() - sentAt);
    await new Promise((resolve) => {
      setTimeout(resolve, EVERY_MS);
    });
  }
}

/** @param {number[]} samples */
function pointsOf(samples) {
  const top = Math.max(...samples, 1);
  return samples
    .map((ms, index) => {
      const x = WIDTH - (samples.length - 1 - index) * (WIDTH / (KEPT - 1));
      return `${x.toFixed(1)},${(HEIGHT - 2 - (ms / top) * (HEIGHT - 4)).toFixed(1)}`;
    })
    .join(" ");
}

/** @param {number[]} samples */
function summarise(samples) {
  if (samples.length === 0) return "Round trips so far: none";
  const least = formatMs(Math.min(...samples));
  const most = formatMs(Math.max(...samples));
  return `The last ${samples.length} round trips, from ${least} to ${most}`;
}
