import { commands, page } from '../../commands.mjs';

export default {
  paths: async () =>
    (await commands()).map((command) => ({
      params: { command: command.name },
      content: page(command),
    })),
};
