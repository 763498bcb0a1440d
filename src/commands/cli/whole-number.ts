import { InvalidArgumentError } from 'commander';

/** Parses a whole number of a range. The error names the nearest one. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    if (value !== undefined && value >= min && value <= max) return value;
    const nearest = /^-?\d+$/.test(text) ? Math.min(Math.max(Number(text), min), max) : undefined;
    const suggestion = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.${suggestion}`);
  };
