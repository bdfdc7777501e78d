"use strict";
(() => {
  const radios = document.querySelectorAll('input[name="language"]');
  const speak = () => {
    document.documentElement.lang = document.getElementById("language-zh").checked ? "zh-Hans" : "en";
  };
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "en" || asked === "zh") document.getElementById("language-" + asked).checked = true;
  radios.forEach((radio) => radio.addEventListener("change", speak));
  speak();

  const form = document.querySelector(".filters");
  const rows = [...document.querySelectorAll("table.targets tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const filter = () => {
    const wanted = new Set([...form.querySelectorAll('input[name="status"]:checked')].map((box) => box.value));
    const theme = form.elements.theme.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, number) => {
      const fits = wanted.has(row.dataset.status) && (!theme || row.dataset.theme === theme) &&
        words.every((word) => texts[number].includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    form.querySelector(".shown").textContent = shown;
    document.querySelector(".nothing").hidden = shown > 0;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  // Paper has no folded parts.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
})();
