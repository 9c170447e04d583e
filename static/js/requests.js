/* A participant's own page: print, and the worker that keeps a confirmed page readable without a network.
   Everything on the page works without this script. */

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

if ("serviceWorker" in navigator) {
  navigator.serviceWorker
    .register("/requests/offline.js", { scope: "/requests/" })
    .then(() => navigator.serviceWorker.ready)
    .then((registration) => {
      // The page came before its worker: it is asked to look at it once more, with all that it is made of.
      const parts = performance.getEntriesByType("resource").map((each) => each.name);
      registration.active.postMessage({ page: location.pathname, parts });
    })
    .catch(() => {}); // a browser without room or leave for it shows the same page, with a network
}
