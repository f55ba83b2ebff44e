/** For `node --import`: the process ends with the one that has started it, even where that is killed. */
function end(): void {
  process.kill(process.pid, "SIGTERM");
}

if (process.connected) process.once("disconnect", end);
else end();
// No reason to live on.
process.channel?.unref();
