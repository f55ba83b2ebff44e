import type { ServerOptions } from "socket.io";
import { describe, expect, test } from "vitest";
import { corsFields, life, preflight } from "../support/cors-exchange.ts";
import { APP, CORS_FORMS, OTHER } from "../support/cors-forms.ts";
import { direct } from "../support/edge.ts";
import { frontDoor } from "../support/front-door.ts";
import { openByPolling } from "../support/raw-session.ts";

const door = frontDoor();

/** The edge remembers answers for a minute, and with it an earlier test's server: what is asked is new each time. */
let lastField = 0;
function newFields(): string {
  lastField += 1;
  return `x-token,x-${lastField}`;
}

/** A cors option that names everybody, and notes who asked by which method. */
function noting(): { asked: string[]; options: Partial<ServerOptions> } {
  const asked: string[] = [];
  const options: Partial<ServerOptions> = {
    cors: (request, answer) => {
      if ("method" in request) asked.push(String(request.method));
      answer(null, { origin: true });
    },
  };
  return { asked, options };
}

describe.each(CORS_FORMS)("with a server whose cors option is $name", ({ cors, app, other }) => {
  test.each([
    ["a page that is named", APP, app],
    ["another page", OTHER, other],
  ])("%s is answered as the server answers it", async (_, origin, expected) => {
    door.serve({ cors });
    const fields = newFields();
    const answer = await preflight(door.url, origin, { fields });
    expect(answer).toEqual(await preflight(door.origin.url, origin, { fields }));
    expect(answer.headers["access-control-allow-origin"]).toBe(expected);
    // The second answer comes from the edge's memory.
    expect(await preflight(door.url, origin, { fields })).toEqual(answer);
  });
});

test("is granted nothing by a server without a cors option", async () => {
  door.serve();
  const fields = newFields();
  const answer = await preflight(door.url, APP, { fields });
  expect(answer).toEqual(await preflight(door.origin.url, APP, { fields }));
  expect(corsFields(answer)).toEqual({});
  expect(answer.status).toBe(400);
});

test("is refused as a cors function with an error refuses it", async () => {
  door.serve({ cors: { origin: (_, answer) => answer(new Error("no")) } });
  const fields = newFields();
  const answer = await preflight(door.url, APP, { fields });
  expect(answer).toEqual(await preflight(door.origin.url, APP, { fields }));
  expect(answer.status).toBe(400);
});

test.each(["GET", "POST"])("is answered for a %s of a session that lives", async (method) => {
  door.serve({ cors: { origin: APP } });
  const { open } = await openByPolling(door.url);
  const path = `/socket.io/?EIO=4&transport=polling&sid=${open.sid}`;
  const ask = { fields: newFields(), method };
  const answer = await preflight(door.url, APP, { ...ask, path });
  expect(answer).toEqual(await preflight(door.origin.url, APP, ask));
  expect(answer).toMatchObject({ status: 204, headers: { "access-control-allow-origin": APP } });
});

test("is answered for the client bundle as well", async () => {
  door.serve({ cors: { origin: APP, maxAge: 60 } });
  const ask = { fields: newFields(), method: "GET", path: "/socket.io/socket.io.js" };
  const answer = await preflight(door.url, APP, ask);
  expect(answer).toEqual(await preflight(door.origin.url, APP, ask));
  expect(answer).toMatchObject({ status: 204, headers: { "access-control-max-age": "60" } });
});

test("lets the page's own header fields reach the server", async () => {
  const io = door.serve({ cors: { origin: APP } });
  const seen = new Promise((resolve) => {
    io.once("connection", ({ handshake }) => resolve(handshake.headers["x-token"]));
  });
  await preflight(door.url, APP, { fields: newFields() });
  await life(door.url, { Origin: APP, "X-Token": "t-1" });
  expect(await seen).toBe("t-1");
});

describe.skipIf(direct)("what the server is asked (a stock server is asked every time)", () => {
  test("is each question once", async () => {
    const { asked, options } = noting();
    door.serve(options);
    const fields = newFields();
    const answers = [
      await preflight(door.url, APP, { fields }),
      await preflight(door.url, APP, { fields }),
      await preflight(door.url, APP, { fields }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(asked).toEqual(["OPTIONS"]);
  });

  test("is nothing anew for another session of the same page", async () => {
    const { asked, options } = noting();
    door.serve(options);
    const fields = newFields();
    for (const sid of ["a", "b"]) {
      const path = `/socket.io/?EIO=4&transport=polling&t=${sid}&sid=${sid}`;
      const { headers } = await preflight(door.url, APP, { fields, path });
      expect(headers["access-control-allow-origin"]).toBe(APP);
    }
    expect(asked).toEqual(["OPTIONS"]);
  });

  test.each([
    ["page", OTHER, {}],
    ["method", APP, { method: "GET" }],
    ["header fields", APP, { fields: "x-other" }],
    ["path", APP, { path: "/socket.io/socket.io.js" }],
  ])("is asked anew for another %s, with its own answer", async (_, origin, other) => {
    const { asked, options } = noting();
    door.serve(options);
    const fields = newFields();
    await preflight(door.url, APP, { fields });
    const ask = { fields, ...other };
    const answer = await preflight(door.url, origin, ask);
    expect(asked).toEqual(["OPTIONS", "OPTIONS"]);
    expect(answer).toEqual(await preflight(door.origin.url, origin, ask));
    expect(answer.headers["access-control-allow-origin"]).toBe(origin);
  });
});
