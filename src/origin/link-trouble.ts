/** What whoever runs the server should know of a link that fails; `code` is one word for one kind of it. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  /** Trying again soon is of no use: somebody has to change something first. */
  readonly isLasting: boolean;
}

/** The hub has answered the request for a link by this status and text instead. */
export function refusal(url: string, status: number, text: string): Trouble {
  const said = `${url} answered ${status}${saying(text)}`;
  // A 5xx may be a moment's: an object that is just being reset.
  const isLasting = status < 500;
  return { code: "hub-refused", message: `${said}. ${advice(status)}`, isLasting };
}

export function unreachable(url: string, cause: string): Trouble {
  const message = `${url} can't be reached (${cause}). What is emitted meanwhile waits, within bounds; the link is tried again and again.`;
  return { code: "hub-unreachable", message, isLasting: false };
}

export function unreadable(url: string, fault: string): Trouble {
  const message = `${url} sent what is none of the hub's (${fault}). The link begins anew.`;
  return { code: "hub-unreadable", message, isLasting: true };
}

export function silent(url: string, seconds: number): Trouble {
  const message = `${url} has been silent for ${seconds} s. The link begins anew.`;
  return { code: "hub-silent", message, isLasting: false };
}

export function congested(url: string, bytes: number): Trouble {
  const message = `${url} takes too little: ${bytes} bytes wait for it. The link begins anew.`;
  return { code: "hub-slow", message, isLasting: false };
}

/** The hub has ended a link that was open. A hub that starts over says so, and is no trouble. */
export function ended(url: string, code: number, reason: string): Trouble | undefined {
  if (code < 1002 || code === 1005 || code === 1006 || code === 1012) return undefined;
  const message = `${url} ended the link (${code}${saying(reason)}). It begins anew.`;
  return { code: "hub-ended", message, isLasting: false };
}

function advice(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return "Give createAdapter the token that the edge has as MOORING_TOKEN.";
    case 404:
      return "Give createAdapter the URL of the edge itself; the edge needs MOORING_TOKEN and the binding HUB to have a hub.";
    case 426:
      return "Use the same version of Mooring at the edge and here.";
    case 503:
      return "The edge isn't ready; its answer says why. The link is tried again and again.";
    default:
      return "Is that the URL of the edge?";
  }
}

function saying(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line === "" ? "" : `: ${line.slice(0, 300)}`;
}
