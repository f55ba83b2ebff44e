import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMatch, poolFor } from "../../../src/core/pool/match.ts";
import type { Match } from "../../../src/core/pool/pool.ts";
import { poolOf } from "./pool-builders.ts";

function match(host?: string, path?: string): Match {
  return { host, path };
}

describe("a host", () => {
  test.each([
    ["chat.example.com", "chat.example.com", true],
    ["chat.example.com", "chat.example.com:8443", true],
    ["chat.example.com", "CHAT.Example.com", true],
    ["Chat.Example.COM", "chat.example.com", true],
    ["chat.example.com", "chat.example.com.", true],
    ["chat.example.com", "chat.example.com.:80", true],
    ["chat.example.com.", "chat.example.com", true],
    ["chat.example.com", "example.com", false],
    ["chat.example.com", "xchat.example.com", false],
    ["chat.example.com", "chat.example.com.evil.test", false],
    ["chat.example.com", "", false],
    ["*.example.com", "chat.example.com", true],
    ["*.EXAMPLE.com", "Chat.example.com:80", true],
    ["*.example.com", "example.com", false],
    ["*.example.com", ".example.com", false],
    ["*.example.com", "a.b.example.com", false],
    ["*.example.com", "chatexample.com", false],
    ["*.example.com", "chat.example.com.evil.test", false],
    ["192.0.2.1", "192.0.2.1:8787", true],
    ["[::1]", "[::1]:8787", true],
    ["[::1]", "[::1]", true],
    ["[::1]", "[::2]", false],
    [undefined, "anything.test", true],
    [undefined, "", true],
  ])("%j takes %j: %s", (wanted, host, isTaken) => {
    expect(isMatch(match(wanted), host, "/socket.io/")).toBe(isTaken);
  });
});

describe("a path", () => {
  test.each([
    ["/chat", "/chat", true],
    ["/chat", "/chat/", true],
    ["/chat", "/chat/socket.io/", true],
    ["/chat/", "/chat", true],
    ["/chat/", "/chat/socket.io/", true],
    ["/chat", "/chatter", false],
    ["/chat", "/chat-2/socket.io/", false],
    ["/chat", "/Chat", false],
    ["/chat", "/", false],
    ["/chat/rooms", "/chat", false],
    ["/", "/", true],
    ["/", "/anything", true],
    [undefined, "/anything", true],
  ])("%j takes %j: %s", (prefix, path, isTaken) => {
    expect(isMatch(match(undefined, prefix), "example.com", path)).toBe(isTaken);
  });
});

describe("the pool of a request", () => {
  const pools = [
    poolOf([], { name: "rest" }),
    poolOf([], { name: "any-host", matches: [match()] }),
    poolOf([], { name: "path", matches: [match(undefined, "/chat/rooms/blue")] }),
    poolOf([], { name: "wildcard", matches: [match("*.example.com")] }),
    poolOf([], { name: "wildcard-path", matches: [match("*.example.com", "/chat")] }),
    poolOf([], { name: "exact", matches: [match("chat.example.com"), match("old.test", "/x")] }),
    poolOf([], { name: "exact-path", matches: [match("chat.example.com", "/chat")] }),
    poolOf([], { name: "exact-longer", matches: [match("chat.example.com", "/chat/rooms")] }),
    poolOf([], { name: "twin", matches: [match("chat.example.com", "/chat/rooms/")] }),
  ];

  test.each([
    ["chat.example.com", "/", "exact"],
    ["chat.example.com", "/chat", "exact-path"],
    ["chat.example.com", "/chat/roomsy", "exact-path"],
    ["chat.example.com:443", "/chat/rooms/blue", "exact-longer"],
    ["other.example.com", "/", "wildcard"],
    ["other.example.com", "/chat/rooms/blue", "wildcard-path"],
    ["other.test", "/chat/rooms/blue", "path"],
    ["other.test", "/chat", "any-host"],
    ["old.test", "/x", "exact"],
    ["old.test", "/y", "any-host"],
  ])("%s%s is %s, in whatever order pools stand but for equals", (host, path, name) => {
    expect(poolFor(pools, host, path)?.name).toBe(name);
    const distinct = pools.filter((each) => each.name !== "twin");
    expect(poolFor(distinct.toReversed(), host, path)?.name).toBe(name);
  });

  test("is judged by the closest of a pool's matches", () => {
    const wide = match("*.example.com");
    const two = poolOf([], { name: "two", matches: [wide, match("chat.example.com"), wide] });
    const one = poolOf([], { name: "one", matches: [match("*.example.com", "/chat")] });
    expect(poolFor([one, two], "chat.example.com", "/chat")?.name).toBe("two");
    expect(poolFor([one, two], "other.example.com", "/chat")?.name).toBe("one");
  });

  test("is the one without matches where no other takes it", () => {
    const some = [
      poolOf([], { name: "chat", matches: [match("chat.test")] }),
      poolOf([], { name: "rest" }),
    ];
    expect(poolFor(some, "other.test", "/")?.name).toBe("rest");
    expect(poolFor(some, "chat.test", "/")?.name).toBe("chat");
  });

  test("is none where none takes it", () => {
    expect(
      poolFor([poolOf([], { matches: [match("chat.test")] })], "other.test", "/"),
    ).toBeUndefined();
    expect(poolFor([], "other.test", "/")).toBeUndefined();
  });

  test("is the same for a host in capitals, with a port, or with the root's dot", () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    fc.assert(
      fc.property(fc.domain(), port, fc.boolean(), (host, number, isRooted) => {
        const all = [
          poolOf([], { name: "its-own", matches: [match(host)] }),
          poolOf([], { name: "rest" }),
        ];
        const asked = `${host.toUpperCase()}${isRooted ? "." : ""}:${number}`;
        expect(poolFor(all, asked, "/")?.name).toBe("its-own");
        expect(poolFor(all, `x${asked}`, "/")?.name).toBe("rest");
      }),
    );
  });
});
