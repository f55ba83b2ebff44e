import { describe, expect, test } from "vitest";
import { networkOf } from "../../../src/core/entry/network.ts";

describe("a client is counted", () => {
  test.each([
    ["by its IPv4 address", "192.0.2.1", "192.0.2.1"],
    ["by its IPv4 address in IPv6's notation", "::ffff:192.0.2.1", "192.0.2.1"],
    ["by its IPv4 address in capitals", "::FFFF:192.0.2.1", "192.0.2.1"],
    ["by the /64 of an IPv6 address", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["by the /64 of one with a gap behind", "2001:db8:1:2::6", "2001:db8:1:2"],
    ["by the /64 of one with a gap within", "2001:db8::6", "2001:db8:0:0"],
    ["by the /64 of one with a gap of one group", "2001:db8::1:2:3:4:5", "2001:db8:0:1"],
    ["by the /64 of one with a gap first", "::2001:db8:1:2:3:4:5", "0:2001:db8:1"],
    ["by the /64 of the loopback", "::1", "0:0:0:0"],
    ["by the /64 of one with a gap last", "2001:db8:1:2::", "2001:db8:1:2"],
    ["without leading zeros", "2001:0db8:0001:0002::6", "2001:db8:1:2"],
    ["with a zero for a group of zeros", "2001:db8:0000:0000:1:2:3:4", "2001:db8:0:0"],
    ["by the IPv4 address that is mapped in full", "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["by the IPv4 address that is mapped in hexadecimal", "::ffff:c000:0201", "192.0.2.1"],
    ["by the /64 of one that ends as IPv4", "1::2:3:4:5:192.0.2.1", "1:0:2:3"],
    ["in small letters", "2001:DB8:1:2::6", "2001:db8:1:2"],
  ])("%s", (_, address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test("together with its household, and apart from the next", () => {
    expect(networkOf("2001:db8:1:2::1")).toBe(networkOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"));
    expect(networkOf("::ffff:192.0.2.1")).not.toBe(networkOf("::ffff:192.0.2.2"));
  });
});
