import process from 'node:process';

/** Loaded into both servers before their own code: tells the parent what the process has cost so far. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.channel?.unref();
// A bench that is broken off leaves nothing behind.
process.on('disconnect', () => process.exit());
