import type { Command } from 'commander';
export function addGateway(_program: Command): void {}
