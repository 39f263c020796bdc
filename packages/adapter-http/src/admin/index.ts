export type { AdminOptions, MetricsPage } from './admin-options.ts';
export { type Admin, createAdmin } from './create-admin.ts';
export { type AdminServer, createAdminServer } from './create-admin-server.ts';
