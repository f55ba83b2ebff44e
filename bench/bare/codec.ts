// Runs a case of the codecs' benchmark in workerd, where the edge runs: `/CASE/CANDIDATE/CALLS`.
import { DurableObject } from "cloudflare:workers";
import { CODEC_CASES } from "./codec-cases.ts";

/** Only there because a Worker of `mooring dev`'s kind has an object class. */
export class Unused extends DurableObject {}

export default {
  fetch(request) {
    const [, index, name, calls] = new URL(request.url).pathname.split("/");
    const call = CODEC_CASES[Number(index)]?.candidates[decodeURIComponent(name ?? "")];
    if (call === undefined) return new Response("No such case.", { status: 404 });
    let seen = 0;
    for (let i = Number(calls); i > 0; i -= 1) seen += call();
    return new Response(String(seen));
  },
} satisfies ExportedHandler;
