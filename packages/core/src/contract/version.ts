/**
 * The generation of the plugin contract. Every definition carries it, so that a plugin which was built against
 * another installed copy of this package still meets the engine, and one built for another generation is refused
 * by name instead of failing in the middle of a request.
 */
export const CONTRACT_VERSION = 1;

export type ContractVersion = typeof CONTRACT_VERSION;
