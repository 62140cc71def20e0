(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const findings = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll(".group")];
  const texts = findings.map((finding) => finding.textContent.toLowerCase());
  const update = () => {
    const chosen = new FormData(form);
    const severities = chosen.getAll("severity");
    const family = chosen.get("family");
    const text = chosen.get("text").trim().toLowerCase();
    let count = 0;
    findings.forEach((finding, index) => {
      const { severity, family: own } = finding.dataset;
      const shown = severities.includes(severity) && (!family || own === family) && texts[index].includes(text);
      finding.hidden = !shown;
      count += shown;
    });
    groups.forEach((group) => (group.hidden = !group.querySelector(".finding:not([hidden])")));
    document.getElementById("shown").textContent = `${count} of ${findings.length} shown`;
  };
  const open = (id, is) => document.getElementById(id).addEventListener("click", () => findings.forEach((finding) => (finding.open = is)));
  open("open", true);
  open("close", false);
  const follow = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || !target.matches(".finding, .group")) return;
    if (target.hidden || target.querySelector(".finding[hidden]")) {
      form.reset();
      update();
    }
    if (target.matches(".finding")) target.open = true;
    target.scrollIntoView();
  };
  document.querySelectorAll("[data-text]").forEach((link) =>
    link.addEventListener("click", () => {
      form.reset();
      form.elements.text.value = link.dataset.text;
      update();
    }),
  );
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", follow);
  form.hidden = false;
  update();
  follow();
})();
