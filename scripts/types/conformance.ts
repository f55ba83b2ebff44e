import * as worker from "../../src/edge/worker.ts";
import type * as published from "./worker.d.ts";

/** Doesn't compile unless what worker.d.ts tells users is true of the Worker. */
export const told: typeof published = worker;

type Untold = Exclude<keyof typeof worker, keyof typeof published>;

/** Doesn't compile if the Worker exports what worker.d.ts doesn't tell. */
export const untold: Untold extends never ? "nothing" : Untold = "nothing";
