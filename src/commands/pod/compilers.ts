/**
 * Both compile an object of the lockstep kinds. The schema behind them takes 9 MB, so a release loads this file for the
 * first object.
 */
export { compileCredential } from '../../engine/credential/spec/compile.ts';
export { compilePolicy } from '../../engine/policy/compile/compile.ts';
