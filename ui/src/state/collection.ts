import { createStore } from "./store";

/** The collection that dropped and chosen files are added to. */
export const collectionForUploads = createStore("default");
