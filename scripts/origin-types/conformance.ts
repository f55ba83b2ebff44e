import * as origin from "../../src/origin/origin.ts";
import type * as published from "./origin.d.ts";

/** Doesn't compile unless what origin.d.ts tells users is true of `mooring/origin`. */
export const told: typeof published = origin;

type Untold = Exclude<keyof typeof origin, keyof typeof published>;

/** Doesn't compile if `mooring/origin` exports what origin.d.ts doesn't tell. */
export const untold: Untold extends never ? "nothing" : Untold = "nothing";

/** Doesn't compile unless options are the same, both ways. */
export const options = (
  given: published.AdapterOptions,
  taken: origin.AdapterOptions,
): [origin.AdapterOptions, published.AdapterOptions] => [given, taken];

/** Likewise the emitter's. */
export const emitterOptions = (
  given: published.EmitterOptions,
  taken: origin.EmitterOptions,
): [origin.EmitterOptions, published.EmitterOptions] => [given, taken];
