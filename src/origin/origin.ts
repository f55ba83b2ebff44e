export { createAdapter } from "./create-adapter.ts";
export type { AdapterOptions, ClosingSignal } from "./options.ts";
export type { Warning, WarningListener } from "./warnings.ts";
export { Emitter, EmitterError } from "./emitter.ts";
export type { AnyEvents, EmitterErrorCode, EmitterOptions, EventMap } from "./emitter.ts";
