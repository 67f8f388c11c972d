// Starts GraphiQL on the page that the server rendered. Reads everything it needs from the
// page's boot data, and nothing from the address: a link cannot put a query in here.
import { createRoot } from "react-dom/client";
import { setNonce } from "get-nonce";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL } from "graphiql";

import { createFetcher } from "./fetcher.js";
import { createStorage } from "./storage.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./graphiql.css";

const boot = JSON.parse(document.getElementById("boot").textContent);

// Dialogs lock the page's scrolling with a style element; the nonce is what lets it through.
setNonce(boot.styleNonce);

const fetcher = createFetcher(boot);
const storage = createStorage(boot.storageKey);
const plugins = [explorerPlugin({ showAttribution: false })];
const tabs = boot.examples.map(({ query, variables }) => ({
  query,
  variables: JSON.stringify(variables, null, 2),
}));

// GraphiQL fills the first tab's variables from what it stored last, not from the tab.
if (tabs.length > 0 && storage.getItem("graphiql:tabState") === null) {
  storage.setItem("graphiql:query", tabs[0].query);
  storage.setItem("graphiql:variables", tabs[0].variables);
}

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    plugins={plugins}
    defaultTabs={tabs}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
  >
    <GraphiQL.Logo>{" "}</GraphiQL.Logo>
  </GraphiQL>,
);

document.getElementById("restore-examples").addEventListener("click", () => {
  storage.close();
  storage.clear();
  location.reload();
});
