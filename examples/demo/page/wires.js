const SVG = "http://www.w3.org/2000/svg";
const TRAVEL_MS = 420;
/** More than these at once say nothing that these don't. */
const MAX_DOTS = 16;
/** The part of a wire before it turns towards its origin, where its transport's name stands. */
const STRAIGHT = 0.45;

/**
 * Draws the wires tab, edge, origins between the elements' places, whatever the layout, and keeps
 * them there when it changes.
 *
 * @param {SVGSVGElement} svg lies over `picture`
 * @param {HTMLElement} picture
 * @param {{ tab: Element, edge: Element, origins: Map<string, Element> }} stops
 */
export function createWires(svg, picture, stops) {
  const client = { from: stops.tab, to: stops.edge, path: addPath(svg) };
  const toOrigin = new Map(
    Array.from(stops.origins, ([name, to]) => [name, { from: stops.edge, to, path: addPath(svg) }]),
  );
  const wires = [client, ...toOrigin.values()];
  new ResizeObserver(() => lay(wires, picture)).observe(picture);

  /** @type {SVGPathElement | undefined} */
  let moored;
  return {
    /**
     * @param {string | undefined} transport between tab and edge
     * @param {string | undefined} origin the one that the session is moored to
     */
    show(transport, origin) {
      client.path.dataset["transport"] = transport ?? "none";
      moored = origin === undefined ? undefined : toOrigin.get(origin)?.path;
      for (const { path } of toOrigin.values()) {
        path.dataset["transport"] = path === moored ? "websocket" : "none";
      }
      // The wires begin as one line, in which the last drawn is the one that shows.
      if (moored !== undefined) svg.append(moored);
    },
    /**
     * @param {"up" | "down"} way
     * @param {boolean} reachesOrigin
     */
    pass(way, reachesOrigin) {
      const paths = [client.path, ...(reachesOrigin && moored !== undefined ? [moored] : [])];
      void travel(svg, way === "up" ? paths : paths.toReversed(), way);
    },
  };
}

/**
 * Puts each wire where its ends are now.
 *
 * @param {{ from: Element, to: Element, path: SVGPathElement }[]} wires
 * @param {HTMLElement} picture
 */
function lay(wires, picture) {
  const { left, top } = picture.getBoundingClientRect();
  for (const { from, to, path } of wires) {
    const [start, end] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    path.setAttribute("d", route(start, end, left, top));
  }
}

/** @param {SVGSVGElement} svg */
function addPath(svg) {
  const path = document.createElementNS(SVG, "path");
  path.classList.add("wire");
  svg.append(path);
  return path;
}

/**
 * A path from one box to the other: sideways where they stand beside each other, else downwards.
 *
 * @param {DOMRect} from
 * @param {DOMRect} to
 * @param {number} left
 * @param {number} top
 */
function route(from, to, left, top) {
  if (to.left >= from.right) {
    const [x1, y1] = [from.right - left, from.top + from.height / 2 - top];
    const [x2, y2] = [to.left - left, to.top + to.height / 2 - top];
    const [fork, bend] = [x1 + (x2 - x1) * STRAIGHT, (x2 - x1) * 0.4];
    return `M${x1},${y1} H${fork} C${fork + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  }
  const [x1, y1] = [from.left + from.width / 2 - left, from.bottom - top];
  const [x2, y2] = [to.left + to.width / 2 - left, to.top - top];
  const [fork, bend] = [y1 + (y2 - y1) * STRAIGHT, (y2 - y1) * 0.4];
  return `M${x1},${y1} V${fork} C${x1},${fork + bend} ${x2},${y2 - bend} ${x2},${y2}`;
}

/**
 * Sends a dot along the paths, one after the other.
 *
 * @param {SVGSVGElement} svg
 * @param {SVGPathElement[]} paths
 * @param {"up" | "down"} way
 */
async function travel(svg, paths, way) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (still || document.hidden || svg.querySelectorAll("circle").length >= MAX_DOTS) return;
  const dot = document.createElementNS(SVG, "circle");
  dot.setAttribute("r", "4");
  dot.classList.add("packet");
  dot.dataset["way"] = way;
  svg.append(dot);
  const ends = way === "up" ? ["0%", "100%"] : ["100%", "0%"];
  for (const path of paths) {
    dot.style.setProperty("offset-path", `path("${path.getAttribute("d") ?? ""}")`);
    const frames = ends.map((offsetDistance) => ({ offsetDistance }));
    await dot.animate(frames, { duration: TRAVEL_MS, easing: "ease-in-out" }).finished;
  }
  dot.remove();
}
