import { type Command, InvalidArgumentError, Option } from 'commander';

/** The form of a report. `-o` chooses the form in every command, as in kubectl. */
export const formatOption = (formats: readonly string[], description = 'form of the report'): Option =>
  new Option('-o, --format <format>', description).choices(formats).default('text');

/**
 * `-o` and `--output`, as in kubectl. `--format` means the same here as in the commands whose `--output` is a file. The
 * help shows one of them.
 */
export function addOutputOption(command: Command, forms: readonly string[]): Command {
  const format = new Option('--format <form>').choices(['text', ...forms]).hideHelp();
  format.attributeName = () => 'output';
  return command
    .addOption(new Option('-o, --output <form>', 'another form').choices(forms))
    .addOption(format);
}

/** The file of a report. A user of kubectl may mean the form: no file has such a name by intention. */
export const reportFileOption = (formats: readonly string[]): Option =>
  new Option('--output <file>', 'write the report there, and text to the terminal').argParser(
    (file: string) => {
      if (!formats.includes(file)) return file;
      throw new InvalidArgumentError(`It names a file. (Did you mean --format ${file}?)`);
    },
  );
