import manifest from '../package.json' with { type: 'json' };

/** The version of this lockstep. */
export const VERSION: string = manifest.version;
