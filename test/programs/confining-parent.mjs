/** Runs a program through bin/confine/run, as its parent, and waits to be killed. Arguments: the script, name, limit, rest. */
import { spawn } from 'node:child_process';

const [script, name, seconds, ...rest] = process.argv.slice(2);
spawn('/bin/sh', [script, name, seconds, String(process.pid), ...rest], { detached: true });
setInterval(() => undefined, 1_000);
