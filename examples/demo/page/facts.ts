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
  /** The server that it came by. */
  origin: string;
  text: string;
}

/** One of the numbered broadcasts that each server sends for as long as its process lives. */
export interface Tick {
  origin: string;
  pid: number;
  n: number;
  /** How many that server has. */
  clients: number;
}

export interface ServerEvents {
  view: (view: ServerView) => void;
  tick: (tick: Tick) => void;
  count: (count: number) => void;
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

/** How a server is, as the process that has started it sees it. */
export interface OriginStatus {
  name: string;
  pid: number;
  phase: "starting" | "up" | "down";
  isDrained: boolean;
  /** Why it can't be killed now, nor drained; `null` where nothing is in the way. */
  noKill: string | null;
  noDrain: string | null;
}

/** One of the numbers that a server has sent. */
export type Beat = { type: "ticked"; tick: Tick } | { type: "counted"; count: number };

/** What this tab knows of what it has missed. */
export interface Continuity {
  /** How often servers have counted for this session. */
  count: number | undefined;
  ticks: number;
  /** The last number of each stream, by name. */
  last: { [stream: string]: number };
  missed: number;
  doubled: number;
  /** Those that this tab has not asked for. */
  disconnects: number;
  /** The servers that this session has been moored to lately, in order. */
  homes: string[];
}

/** What happened to the page's client. `afterMs` counts from the attempt's beginning. */
export type Fact =
  | { type: "attempted"; mode: Mode }
  | { type: "opened"; transport: string; sid: string; afterMs: number }
  | { type: "connected"; socketId: string; recovered: boolean; afterMs: number }
  | { type: "viewed"; view: ServerView; afterMs: number }
  | { type: "probed"; transport: string; afterMs: number }
  | { type: "upgraded"; transport: string; afterMs: number }
  | { type: "upgrade-failed"; message: string }
  | { type: "failed"; message: string; retries: boolean }
  | { type: "disconnected"; reason: string; isOwn: boolean; retries: boolean };

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
  steps: Step[];
}
