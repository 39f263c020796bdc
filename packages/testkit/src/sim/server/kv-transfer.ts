/** What a prefill server tells the decode server. Nothing is transferred, so every value is a placeholder. */
export const REMOTE_PREFILL = {
  do_remote_decode: false,
  do_remote_prefill: true,
  remote_engine_id: 'DUMMY_ID',
  remote_block_ids: ['DUMMY_ID'],
  remote_host: 'DUMMY',
  remote_port: 1234,
  tp_size: 1,
} as const;
