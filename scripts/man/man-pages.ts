import { EXIT_CODE_MEANINGS } from '../../src/commands/cli/exit-codes.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { type DocumentedCommand, documentedCommands, examplesOf } from '../reference/documented-commands.ts';
import { PACKAGE, VERSION } from '../release/project.ts';
import { escaped, item, section, verbatim } from './roff.ts';

/** The text of each man page by its file name: `lockstep.1`, `lockstep-audit.1`. */
export function manPages(): ReadonlyMap<string, string> {
  const commands = documentedCommands();
  return new Map([
    [`${PROGRAM}.1`, programPage(commands)],
    ...commands.map((command): [string, string] => [`${pageOf(command)}.1`, commandPage(command)]),
  ]);
}

const PROGRAM = 'lockstep';

/** As git names its pages: `lockstep-policy-list`. */
const pageOf = ({ name }: DocumentedCommand): string => `${PROGRAM}-${name.replaceAll(' ', '-')}`;

function programPage(commands: readonly DocumentedCommand[]): string {
  return page(PROGRAM, PACKAGE.description, [
    ...section('SYNOPSIS', [escaped(`${PROGRAM} <command> [options]`)]),
    ...section('DESCRIPTION', [
      escaped(
        'As a plugin of kubectl, the program is kubectl lockstep. Each command prints its help with -h.',
      ),
    ]),
    ...section(
      'COMMANDS',
      commands.flatMap((command) => item(`${pageOf(command)}(1)`, oneLine(command.description))),
    ),
    ...section(
      'EXIT STATUS',
      Object.entries(EXIT_CODE_MEANINGS).flatMap(([code, meaning]) => item(code, meaning)),
    ),
    ...section(
      'ENVIRONMENT',
      Object.entries(VARIABLES).flatMap(([name, meaning]) => item(name, meaning)),
    ),
  ]);
}

function commandPage(command: DocumentedCommand): string {
  const { usage, description, parameters, exitCodes, notes = [] } = command;
  const describe = ({ meaning, values, defaultValue }: (typeof parameters)[number]): string =>
    [
      meaning,
      ...(values.length === 0 ? [] : [`: ${values.join(', ')}`]),
      ...(defaultValue === '' ? [] : [` (default: ${defaultValue})`]),
      '.',
    ].join('');
  const parametersOf = (isArgument: boolean): readonly string[] =>
    parameters
      .filter((parameter) => parameter.isArgument === isArgument)
      .flatMap((parameter) => item(parameter.usage, describe(parameter)));
  return page(pageOf(command), oneLine(description), [
    ...section('SYNOPSIS', [escaped(usage)]),
    ...section('DESCRIPTION', [...description.split('\n'), ...notes].map(escaped)),
    ...section('ARGUMENTS', parametersOf(true)),
    ...section('OPTIONS', parametersOf(false)),
    ...section(
      'EXIT STATUS',
      Object.entries(exitCodes).flatMap(([code, meaning]) => item(code, `${meaning}.`)),
    ),
    ...section(
      'ENVIRONMENT',
      parameters
        .filter(({ variable }) => variable !== '')
        .flatMap((parameter) => item(parameter.variable, `The same as ${parameter.usage}.`)),
    ),
    ...section('EXAMPLES', examplesOf(command).length === 0 ? [] : verbatim(examplesOf(command))),
    ...section('SEE ALSO', [`.BR ${PROGRAM} (1)`]),
  ]);
}

/** The date of a page would differ from build to build. */
const page = (name: string, summary: string, lines: readonly string[]): string =>
  [
    `.TH "${name.toUpperCase()}" "1" "" "${PROGRAM} ${VERSION}" "User Commands"`,
    LEFT_ALIGNED,
    ...section('NAME', [escaped(`${name} - ${summary.replace(/\.$/, '')}`)]),
    ...lines,
    '',
  ].join('\n');

/** An address can be longer than the space that a justified line leaves for it. */
const LEFT_ALIGNED = '.ad l';

const oneLine = (text: string): string => text.replaceAll('\n', ' ');
