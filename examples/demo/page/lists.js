const KEPT = 200;
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/**
 * Adds one line to the log, the newest at the end, and keeps it in sight.
 *
 * @param {HTMLElement} log
 * @param {string} text
 */
export function addEvent(log, text) {
  const time = document.createElement("time");
  time.textContent = CLOCK.format(new Date());
  append(log, [time, text]);
}

/**
 * Adds what somebody said. `who` is shown before it, `note` after it.
 *
 * @param {HTMLElement} list
 * @param {{ who: string, text: string, note?: string, own: boolean }} message
 */
export function addMessage(list, { who, text, note, own }) {
  const name = document.createElement("b");
  name.textContent = who;
  const said = document.createElement("span");
  said.textContent = text;
  const small = document.createElement("small");
  small.textContent = note ?? "";
  const item = append(list, [name, said, small]);
  item.classList.toggle("own", own);
}

/**
 * @param {HTMLElement} list
 * @param {(Node | string)[]} parts
 */
function append(list, parts) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const item = document.createElement("li");
  item.append(...parts);
  list.append(item);
  if (list.childElementCount > KEPT) list.firstElementChild?.remove();
  // Who has scrolled up to read is left there.
  if (atEnd) list.scrollTop = list.scrollHeight;
  return item;
}
