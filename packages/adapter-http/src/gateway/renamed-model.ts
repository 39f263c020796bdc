/** A model that goes by another name at the model server. */
export interface RenamedModel {
  /** The model server's name. */
  readonly from: string;
  /** The client's name. */
  readonly to: string;
}
