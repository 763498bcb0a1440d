import { InvalidArgumentError, Option } from 'commander';

/** The form of a report. `-o` chooses the form in every command, as in kubectl. */
export const formatOption = (formats: readonly string[], description = 'form of the report'): Option =>
  new Option('-o, --format <format>', description).choices(formats).default('text');

/** The file of a report. A user of kubectl may mean the form: no file has such a name by intention. */
export const reportFileOption = (formats: readonly string[]): Option =>
  new Option('--output <file>', 'write the report there, and text to the terminal').argParser(
    (file: string) => {
      if (!formats.includes(file)) return file;
      throw new InvalidArgumentError(`It names a file. (Did you mean --format ${file}?)`);
    },
  );
