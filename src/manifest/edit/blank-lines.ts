/**
 * The offset of the blank lines at the end of a block scalar, which begins at its indicator. A line of more blanks than
 * the indentation is part of the text.
 */
export function startOfBlankLines(block: string): number {
  const indentation = /\n( *)[^ \r\n]/.exec(block)?.[1]?.length ?? 0;
  let end = block.length;
  while (end > 0) {
    const newline = block.lastIndexOf('\n', end - 1);
    const line = block.slice(newline + 1, end);
    if (newline < 0 || line.length > indentation || !/^[ \t]*$/.test(line)) break;
    end = block[newline - 1] === '\r' ? newline - 1 : newline;
  }
  return end;
}
