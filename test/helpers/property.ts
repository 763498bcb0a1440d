import process from 'node:process';
import fc from 'fast-check';

/** The values of a property are the same in each run. `PROPERTY_SEED` is another number, or `random`. */
const { PROPERTY_SEED = '20261128' } = process.env;

if (PROPERTY_SEED !== 'random') fc.configureGlobal({ seed: Number(PROPERTY_SEED) });

export { fc };
