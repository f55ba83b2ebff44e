/** @import { Continuity, OriginStatus } from "./facts.ts" */
import { need, setText } from "./view.js";

/**
 * The buttons that put the server to the test that this tab's session is moored to, and the figures that would show it.
 *
 * @param {(origin: string, what: "kill" | "drain" | "ready") => Promise<string>} order
 */
export function createTrial(order) {
  const note = need("trial-note");
  /** @type {(origin: string, what: "kill" | "drain" | "ready") => Promise<void>} */
  const give = async (origin, what) => setText(note, await order(origin, what));
  const kill = createButton("kill", "Kill", (name) => void give(name, "kill"));
  const drain = createButton("drain", "Drain", (name) => void give(name, "drain"));
  /** @type {{ fleet: OriginStatus[], moored: string | undefined }} */
  let known = { fleet: [], moored: undefined };
  /** @param {Partial<typeof known>} news */
  const learn = (news) => {
    known = { ...known, ...news };
    const status = known.fleet.find(({ name }) => name === known.moored);
    kill.show(status?.name, status?.noKill);
    drain.show(status?.name, status?.noDrain);
  };
  return {
    /** @param {string} name */
    takeBack: (name) => void give(name, "ready"),
    /** @param {OriginStatus[]} fleet */
    show: (fleet) => learn({ fleet }),
    /** @param {string | undefined} moored */
    moor: (moored) => learn({ moored }),
    figures: showFigures,
  };
}

/** @param {Continuity} continuity */
function showFigures({ count, ticks, missed, doubled, disconnects, homes }) {
  setText(need("count"), count === undefined ? "–" : String(count));
  setText(need("ticks"), String(ticks));
  setText(need("missed"), String(missed));
  setText(need("doubled"), String(doubled));
  setText(need("disconnects"), String(disconnects));
  setText(need("homes"), homes.length === 0 ? "–" : homes.join(" → "));
}

/**
 * A button that says why, where it can't be pressed. It keeps the focus then, so that a keyboard's user isn't lost.
 *
 * @param {string} id
 * @param {string} verb
 * @param {(name: string) => void} press
 */
function createButton(id, verb, press) {
  const element = need(id);
  /** @type {string | undefined} */
  let open;
  element.addEventListener("click", ({ detail }) => {
    // A double click's second one would meet the next server.
    if (open !== undefined && detail < 2) press(open);
  });
  return {
    /**
     * @param {string | undefined} name of the server
     * @param {string | null | undefined} why it can't be pressed
     */
    show(name, why) {
      open = why === null ? name : undefined;
      setText(element, `${verb} ${name ?? "it"}${typeof why === "string" ? `: ${why}` : ""}`);
      element.setAttribute("aria-disabled", String(open === undefined));
    },
  };
}
