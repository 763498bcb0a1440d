/**
 * The schema that this lockstep writes. A later lockstep with fields that this one would drop writes a higher number.
 */
export const SCHEMA_VERSION = 1;
