#!/usr/bin/env node
import process from 'node:process';
import { unsupportedNodeMessage } from '../../src/node-version.ts';
import { loadProgram } from './program.ts';

// The program itself may have syntax that an older Node refuses.
const unsupportedNode = unsupportedNodeMessage(process.versions.node);
if (unsupportedNode !== undefined) {
  process.stderr.write(`lockstep: ${unsupportedNode}\n`);
  process.exit(2);
}
loadProgram(import.meta.dirname).require('./main.js');
