import type { ServerOptions } from "socket.io";

/** Where a page comes from that the forms below name, and one that most of them do not. */
export const APP = "https://app.example";
export const OTHER = "https://other.example";

/** One of the ways in which a server says which pages may read its answers. */
export interface CorsForm {
  readonly name: string;
  readonly cors: Exclude<ServerOptions["cors"], undefined>;
  /** Access-Control-Allow-Origin for the two pages. */
  readonly app: string | undefined;
  readonly other: string | undefined;
}

export const CORS_FORMS: readonly CorsForm[] = [
  { name: "one origin", cors: { origin: APP }, app: APP, other: APP },
  { name: "a list", cors: { origin: [APP, "https://x.example"] }, app: APP, other: undefined },
  { name: "a RegExp", cors: { origin: /^https:\/\/app\./ }, app: APP, other: undefined },
  { name: "a list with a RegExp", cors: { origin: [/\/\/app\./] }, app: APP, other: undefined },
  { name: "true", cors: { origin: true }, app: APP, other: OTHER },
  { name: "*", cors: { origin: "*" }, app: "*", other: "*" },
  { name: "no origin", cors: {}, app: "*", other: "*" },
  { name: "false", cors: { origin: false }, app: undefined, other: undefined },
  {
    name: "a function that takes one",
    cors: { origin: (origin, answer) => answer(null, origin === APP) },
    app: APP,
    other: undefined,
  },
  {
    name: "a function of the request",
    cors: ({ headers }, answer) => answer(null, { origin: Reflect.get(headers, "origin") === APP }),
    app: APP,
    other: undefined,
  },
  { name: "credentials", cors: { origin: [APP], credentials: true }, app: APP, other: undefined },
  {
    name: "everything there is",
    cors: {
      origin: [APP],
      credentials: true,
      methods: ["GET", "POST"],
      allowedHeaders: ["x-token"],
      exposedHeaders: ["x-trace", "x-span"],
      maxAge: 600,
    },
    app: APP,
    other: undefined,
  },
];
