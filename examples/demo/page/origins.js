/** @import { DemoConfig, OriginStatus, Tick } from "./facts.ts" */
import { fill, need, setText } from "./view.js";

/**
 * Puts the servers into the picture, and keeps in sight how each is.
 *
 * @param {DemoConfig} config
 * @param {(name: string) => void} takeBack is called to have a drained one take sessions again
 */
export function createOrigins({ origins }, takeBack) {
  const cards = new Map(origins.map(({ name, url }) => [name, createCard(name, url, takeBack)]));
  need("origins").replaceChildren(...Array.from(cards.values(), ({ item }) => item));
  return {
    elements: new Map(Array.from(cards, ([name, { item }]) => [name, item])),
    /** @param {OriginStatus[]} fleet */
    show(fleet) {
      for (const status of fleet) cards.get(status.name)?.show(status);
    },
    /** @param {string | undefined} moored the one that this tab's session is moored to */
    moor(moored) {
      for (const [name, card] of cards) card.moor(name === moored);
    },
    /** @param {Tick} tick */
    hear(tick) {
      cards.get(tick.origin)?.count(tick.clients);
    },
  };
}

/**
 * @param {string} name
 * @param {string} url
 * @param {(name: string) => void} takeBack
 */
function createCard(name, url, takeBack) {
  const item = fill("li", "");
  item.className = "stop";
  item.dataset["origin"] = name;
  const note = fill("em", "");
  const ready = fill("button", "Take back");
  ready.setAttribute("aria-label", `Take ${name} back`);
  ready.addEventListener("click", () => takeBack(name));
  item.append(fill("strong", name), fillAddress(url), note, ready);

  /** @type {{ status: OriginStatus | undefined, moored: boolean, clients: number | undefined }} */
  let known = { status: undefined, moored: false, clients: undefined };
  /** @param {Partial<typeof known>} news */
  const learn = (news) => {
    known = { ...known, ...news };
    const { status, moored } = known;
    item.classList.toggle("moored", moored);
    item.classList.toggle("down", status?.phase === "down");
    ready.hidden = status?.isDrained !== true;
    setText(note, noteOf(known));
  };
  learn({});
  return {
    item,
    /** @param {OriginStatus} status */
    show: (status) => learn({ status }),
    /** @param {boolean} moored */
    moor: (moored) => learn({ moored }),
    /** @param {number} clients */
    count: (clients) => learn({ clients }),
  };
}

/** @param {{ status: OriginStatus | undefined, moored: boolean, clients: number | undefined }} known */
function noteOf({ status, moored, clients }) {
  if (status?.phase === "down") return "down, comes back";
  if (status?.phase === "starting") return "starting";
  const count = clients === undefined ? "" : `${clients} client${clients === 1 ? "" : "s"}`;
  return [moored ? "moored" : "", status?.isDrained === true ? "drained" : "", count]
    .filter((part) => part !== "")
    .join(" · ");
}

/**
 * An address whose host a narrow page can leave out, since the port tells the servers apart.
 *
 * @param {string} url
 */
function fillAddress(url) {
  const { hostname, port } = new URL(url);
  const address = fill("span", "");
  address.append(fill("i", hostname), `:${port}`);
  return address;
}
