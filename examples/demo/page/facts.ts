/** What a server tells the page of a connection: all of it as that server sees it. */
export interface ServerView {
  name: string;
  pid: number;
  /** Engine.IO's transport between the edge and the server. */
  transport: string;
  /** Engine.IO's id for that link, which is not the client's own sid. */
  engineId: string;
  /** The TCP peer: the edge. */
  peer: string;
  forwardedFor: string | undefined;
  forwardedHost: string | undefined;
  forwardedProto: string | undefined;
}

export interface ChatMessage {
  /** The sender's socket id. */
  from: string;
  text: string;
}

export interface ServerEvents {
  view: (view: ServerView) => void;
  clients: (count: number) => void;
  chat: (message: ChatMessage) => void;
}

export interface ClientEvents {
  chat: (text: string) => void;
  echo: (text: string, answer: (text: string) => void) => void;
  probe: (answer: () => void) => void;
}

export type Mode = "automatic" | "polling" | "websocket";

/** Where to connect, and the servers that stand behind it. */
export interface DemoConfig {
  edge: string;
  origins: { name: string; url: string }[];
}

/** What happened to the page's client. `afterMs` counts from the attempt's beginning. */
export type Fact =
  | { type: "attempted"; mode: Mode }
  | { type: "opened"; transport: string; sid: string; afterMs: number }
  | { type: "connected"; socketId: string; afterMs: number }
  | { type: "viewed"; view: ServerView; afterMs: number }
  | { type: "probed"; transport: string; afterMs: number }
  | { type: "upgraded"; transport: string; afterMs: number }
  | { type: "upgrade-failed"; message: string }
  | { type: "counted"; clients: number }
  | { type: "failed"; message: string; retries: boolean }
  | { type: "disconnected"; reason: string; retries: boolean };

export interface Step {
  what: string;
  afterMs: number;
}

/** All that the page shows of the session; `undefined` where nobody has told it yet. */
export interface SessionState {
  phase: "connecting" | "connected" | "retrying" | "disconnected";
  mode: Mode;
  transport: string | undefined;
  probing: boolean;
  sid: string | undefined;
  socketId: string | undefined;
  view: ServerView | undefined;
  clients: number | undefined;
  steps: Step[];
}
