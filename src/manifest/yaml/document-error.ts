import type { SyntaxFault } from './node.ts';

/** A fault that ends the reading of a document. */
export class DocumentError extends Error implements SyntaxFault {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The fault of a DocumentError. Throws any other error. */
export function faultIn(error: unknown): SyntaxFault {
  if (error instanceof DocumentError) return { offset: error.offset, message: error.message };
  throw error;
}
