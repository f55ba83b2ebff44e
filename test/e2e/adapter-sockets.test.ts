import { describe, expect, test } from "vitest";
import { cluster, until, type Member } from "../support/cluster.ts";
import { disconnection } from "../support/events.ts";

const pool = cluster();

/** Resolves when all servers have taken what this one has published so far. */
async function settled(from: Member, members: readonly Member[]): Promise<void> {
  const ends = members.map(({ client }) => until(client, "the end"));
  from.io.emit("the end");
  await Promise.all(ends);
}

const inRoom = (members: readonly Member[], room: string) =>
  members.map(({ socket }) => socket.rooms.has(room));

describe("socketsJoin", () => {
  test("has all sockets join the room", async () => {
    const members = await pool.three();
    members[0].io.socketsJoin("room1");
    await settled(members[0], members);
    expect(inRoom(members, "room1")).toEqual([true, true, true]);
  });

  test("has the sockets of a room join another", async () => {
    const members = await pool.three();
    await members[0].socket.join("room1");
    await members[2].socket.join("room1");
    members[0].io.in("room1").socketsJoin("room2");
    await settled(members[0], members);
    expect(inRoom(members, "room2")).toEqual([true, false, true]);
  });

  test("has the one socket of another server join", async () => {
    const members = await pool.three();
    members[0].io.in(members[1].socket.id).socketsJoin(["room3", "room4"]);
    await settled(members[0], members);
    expect(inRoom(members, "room3")).toEqual([false, true, false]);
    expect(inRoom(members, "room4")).toEqual([false, true, false]);
  });

  test("comes before what is emitted to the room behind it", async () => {
    const members = await pool.three();
    const told = members.map(({ client }) => until(client, "the end"));
    members[0].io.socketsJoin("room1");
    members[0].io.to("room1").emit("welcome");
    members[0].io.emit("the end");
    expect(await Promise.all(told)).toEqual([[["welcome"]], [["welcome"]], [["welcome"]]]);
  });
});

describe("socketsLeave", () => {
  test("has all sockets leave the room", async () => {
    const members = await pool.three();
    await members[0].socket.join("room1");
    await members[2].socket.join("room1");
    members[0].io.socketsLeave("room1");
    await settled(members[0], members);
    expect(inRoom(members, "room1")).toEqual([false, false, false]);
  });

  test("has the sockets of a room leave another", async () => {
    const members = await pool.three();
    await members[0].socket.join(["room1", "room2"]);
    await members[1].socket.join(["room1", "room2"]);
    await members[2].socket.join(["room2"]);
    members[0].io.in("room1").socketsLeave("room2");
    await settled(members[0], members);
    expect(inRoom(members, "room2")).toEqual([false, false, true]);
  });

  test("has the one socket of another server leave", async () => {
    const members = await pool.three();
    for (const { socket } of members) await socket.join("room3");
    members[0].io.in(members[1].socket.id).socketsLeave("room3");
    await settled(members[0], members);
    expect(inRoom(members, "room3")).toEqual([true, false, true]);
  });
});

describe("disconnectSockets", () => {
  test("ends all sockets", async () => {
    const members = await pool.three();
    const ends = members.map(({ client }) => disconnection(client));
    members[0].io.disconnectSockets(true);
    expect(await Promise.all(ends)).toEqual(
      Array.from({ length: 3 }, () => "io server disconnect"),
    );
  });

  test("ends the sockets of a room, but for those that are excepted", async () => {
    const members = await pool.three();
    for (const { socket } of members) await socket.join("room1");
    await members[2].socket.join("staff");
    const ends = members.slice(0, 2).map(({ client }) => disconnection(client));
    members[1].io.in("room1").except("staff").disconnectSockets();
    expect(await Promise.all(ends)).toEqual(["io server disconnect", "io server disconnect"]);
    await settled(members[1], [members[2]]);
    expect(members[2].client.connected).toBe(true);
  });

  test("lets what was emitted before it arrive first", async () => {
    const members = await pool.three();
    const told = members.map(
      ({ client }) =>
        new Promise((resolve) => {
          const events: string[] = [];
          client.on("bye", () => events.push("bye"));
          client.on("disconnect", (reason) => resolve([...events, reason]));
        }),
    );
    members[0].io.emit("bye");
    members[0].io.disconnectSockets(true);
    expect(await Promise.all(told)).toEqual(
      Array.from({ length: 3 }, () => ["bye", "io server disconnect"]),
    );
  });
});

describe("fetchSockets", () => {
  test("gives the sockets of all servers", async () => {
    const members = await pool.three();
    const sockets = await members[0].io.fetchSockets();
    expect(sockets.map(({ id }) => id).toSorted()).toEqual(
      members.map(({ socket }) => socket.id).toSorted(),
    );
  });

  test("gives one socket of another server, with its handshake, data and rooms", async () => {
    const members = await pool.three();
    members[1].socket.data = { user: "ann", picture: Buffer.from([1, 2]) };
    await members[1].socket.join("room1");
    const [remote, ...others] = await members[0].io.in(members[1].socket.id).fetchSockets();
    expect(others).toEqual([]);
    expect(remote?.handshake).toEqual(members[1].socket.handshake);
    expect(remote?.data).toEqual({ user: "ann", picture: Buffer.from([1, 2]) });
    expect(remote?.rooms).toEqual(new Set([members[1].socket.id, "room1"]));
  });

  test("gives only its own server's sockets where it is local", async () => {
    const members = await pool.three();
    const sockets = await members[0].io.local.fetchSockets();
    expect(sockets.map(({ id }) => id)).toEqual([members[0].socket.id]);
  });

  test("leaves out a session store that leads in circles", async () => {
    const members = await pool.three();
    const store = { self: {} };
    store.self = store;
    Object.assign(members[1].socket.handshake, { sessionStore: store });
    const [remote] = await members[0].io.in(members[1].socket.id).fetchSockets();
    expect(remote?.handshake).not.toHaveProperty("sessionStore");
    expect(remote?.handshake.url).toBe(members[1].socket.handshake.url);
  });

  test("gives what emits, joins, leaves and disconnects at another server", async () => {
    const members = await pool.three();
    const [remote] = await members[0].io.in(members[1].socket.id).fetchSockets();
    const told = until(members[1].client, "the end");
    remote?.emit("hello", 1);
    remote?.join("room1");
    await settled(members[0], members);
    expect(await told).toEqual([["hello", 1]]);
    expect(inRoom(members, "room1")).toEqual([false, true, false]);
    remote?.leave("room1");
    await settled(members[0], members);
    expect(inRoom(members, "room1")).toEqual([false, false, false]);
    const end = disconnection(members[1].client);
    remote?.disconnect();
    expect(await end).toBe("io server disconnect");
  });
});
