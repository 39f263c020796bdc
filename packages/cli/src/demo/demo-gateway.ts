import { z } from 'zod';
import { AdminClient } from '../admin/admin-client.ts';
import { ChildCommand } from './child-command.ts';

const announcement = z.object({ gateway: z.string(), admin: z.string() });

/** A gateway as a process of its own. */
export class DemoGateway {
  readonly url: string;
  /** Where the live page is. */
  readonly page: string;
  readonly admin: AdminClient;
  readonly #child: ChildCommand;

  private constructor(child: ChildCommand) {
    const { gateway, admin } = announcement.parse(child.announced);
    this.#child = child;
    this.url = gateway;
    this.page = admin;
    this.admin = new AdminClient(admin);
  }

  /** @throws CommandFailure when it does not start */
  static async start(name: string, config: string): Promise<DemoGateway> {
    const args = ['gateway', '--config', config, '--host', '127.0.0.1', '--port', '0', '--admin-port', '0'];
    return new DemoGateway(
      await ChildCommand.start(`the gateway (${name})`, [...args, '--grace', '1000', '--log-level', 'warn']),
    );
  }

  untilFailure(): Promise<never> {
    return this.#child.untilFailure();
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
