// Put into pages by `ellar runserver --reload`: follows the server's changes over a websocket.
(() => {
  const PAUSE = 500; // milliseconds between two attempts to connect
  const script = document.currentScript;
  if (window.ellarLiveReload) return;
  window.ellarLiveReload = true;
  const { version, mistake } = script.dataset;
  const isMistake = mistake !== undefined; // the page is about nothing else
  const isError = performance.getEntriesByType("navigation")[0]?.responseStatus >= 400; // and keeps nothing of use
  let overlay, isAway = false;

  async function follow() {
    try {
      const answer = await fetch(script.src, { method: "HEAD", cache: "no-store" });
      if (answer.status === 404) return; // the server reloads no more
    } catch {
      return setTimeout(follow, PAUSE);
    }
    const socket = new WebSocket(script.src.replace(/^http/, "ws"));
    socket.onmessage = (event) => hear(JSON.parse(event.data));
    socket.onclose = () => {
      isAway = true;
      setTimeout(follow, PAUSE);
    };
  }

  function hear(state) {
    if (!isMistake) show(state.mistake);
    if (!isMistake && state.mistake !== null) return;
    if (state.version !== version) return location.reload();
    if (isAway && isError) return location.reload();
    if (isAway) dispatchEvent(new Event("online")); // pages that wait for it connect at once
    isAway = false;
  }

  // Over the page, which keeps what it shows and what was typed into it.
  function show(mistake) {
    overlay?.remove();
    overlay = undefined;
    if (mistake === null) return;
    overlay = document.createElement("dialog");
    overlay.ariaLabel = "The application does not start";
    overlay.textContent = mistake;
    Object.assign(overlay.style, {
      boxSizing: "border-box", width: "calc(100% - 2rem)", maxWidth: "62rem", maxHeight: "calc(100% - 2rem)",
      padding: "1.3rem 1.4rem", border: "0", borderTop: "4px solid #ff8787", borderRadius: ".7rem", overflow: "auto",
      background: "#171a23", color: "#e9ebf2", font: ".92rem/1.6 ui-monospace, Menlo, Consolas, monospace",
      whiteSpace: "pre-wrap", textAlign: "left",
    });
    document.body.append(overlay);
    overlay.showModal();
  }

  follow();
})();
