/* What all pages have in common: cases that are folded until they are needed, a filter that stands in the address,
   and keys. details.c is a case with data-id, section.area has data-a.
   own.matches(test, letters, form): whether a case is shown, if any verdicts are asked for.
   own.unfolded(details): its inside is there now. own.keys: further keys, each with what it does to the case. */
"use strict";
function all(selector, root) { return Array.from((root || document).querySelectorAll(selector)); }

function page(own) {
  var form = document.querySelector("form.tools"), find = form.querySelector("input"), count = form.querySelector("output");
  var none = document.getElementById("none"), chips = all(".chip", form), selects = all("select", form);
  var cases = all("details.c"), areas = all("section.area"), texts = null, current = null;

  /* With script, the inside of a case or of a group of requirements is text until it is needed. */
  function unfold(details) {
    var folded = details && details.querySelector(":scope > noscript");
    if (!folded) return;
    var inside = document.createElement("template");
    inside.innerHTML = folded.textContent;
    folded.replaceWith(inside.content);
    /* Else the browser would go there too, and take the focus away. */
    if (details.dataset.id) details.lastElementChild.removeAttribute("id");
    own.unfolded(details);
  }
  /* Everything that is said about a case, but for its wire log. */
  function textOf(test) {
    var inside = test.lastElementChild, text;
    if (inside.tagName === "NOSCRIPT") {
      text = inside.textContent;
      text = text.slice(0, text.indexOf("<div class=wire>") >>> 0).replace(/<[^>]*>/g, " ").replace(/&(lt|gt|quot|#39|amp);/g,
        function (all, name) { return { lt: "<", gt: ">", quot: "\"", "#39": "'", amp: "&" }[name]; });
    } else {
      text = Array.from(inside.children).map(function (part) { return part.className === "wire" ? "" : part.textContent; }).join(" ");
    }
    return (test.firstElementChild.textContent + " " + text).toLowerCase();
  }
  function index() {
    if (!texts) texts = new Map(cases.map(function (test) { return [test, textOf(test)]; }));
  }

  /* The filter. */
  function pressed(chip) { return chip.getAttribute("aria-pressed") === "true"; }
  function letters() { return chips.filter(pressed).map(function (chip) { return chip.dataset.v; }).join(""); }
  function press(wanted) {
    chips.forEach(function (chip) { chip.setAttribute("aria-pressed", wanted.indexOf(chip.dataset.v) >= 0); });
  }
  function apply() {
    var words = find.value.toLowerCase().split(/\s+/).filter(Boolean), verdicts = letters(), shown = 0;
    if (words.length) index();
    areas.forEach(function (section) {
      var any = false, here = !form.elements.a.value || section.dataset.a === form.elements.a.value;
      all("details.c", section).forEach(function (test) {
        var show = here && own.matches(test, verdicts, form) &&
          words.every(function (word) { return texts.get(test).indexOf(word) >= 0; });
        test.hidden = !show;
        if (show) { any = true; shown++; }
      });
      section.hidden = !any;
    });
    count.textContent = shown === cases.length ? shown + " cases" : shown + " of " + cases.length + " cases";
    none.hidden = shown > 0 || !cases.length;
  }
  /* It stands in the address, so that a link to what is shown can be passed on: "#?v=FC&a=framing&q=rsv1". */
  function remember() {
    var parts = letters() ? ["v=" + letters()] : [];
    selects.concat(find).forEach(function (field) {
      if (field.value) parts.push(field.name + "=" + encodeURIComponent(field.value));
    });
    try {
      history.replaceState(null, "", location.href.split("#")[0] + (parts.length ? "#?" + parts.join("&") : "#cases"));
    } catch (e) { /* then the address stays as it is */ }
  }
  function fill(parts) {
    press(parts.get("v") || "");
    selects.concat(find).forEach(function (field) {
      field.value = parts.get(field.name) || "";
      if (field.selectedIndex < 0) field.value = "";
    });
    apply();
  }
  function change() { apply(); remember(); }
  function clear() { fill(new URLSearchParams()); }

  /* Opens what the address of the page points to. */
  function follow() {
    var id, target, test;
    if (location.hash.slice(0, 2) === "#?") {
      fill(new URLSearchParams(location.hash.slice(2)));
      document.getElementById("cases").scrollIntoView();
      return;
    }
    try { id = decodeURIComponent(location.hash.slice(1)); } catch (e) { return; }
    if (!id) return;
    test = cases.find(function (each) { return each.dataset.id === id; });
    if (id.indexOf("req:") === 0) all("details.rfc").forEach(unfold);
    target = test || document.getElementById(id);
    if (!target) return;
    if (test) unfold(test);
    for (var up = target; up; up = up.parentElement) {
      if (up.tagName === "DETAILS") up.open = true;
      if (up.hidden) clear();
    }
    all("details.here").forEach(function (each) { each.classList.remove("here"); });
    if (test) {
      current = test;
      test.classList.add("here");
      test.firstElementChild.focus({ preventScroll: true });
    }
    target.scrollIntoView();
  }
  function move(step) {
    var shown = cases.filter(function (test) { return !test.hidden; });
    var at = shown.indexOf(current), summary;
    at = at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.min(Math.max(at + step, 0), shown.length - 1);
    if (!shown[at]) return;
    current = shown[at];
    summary = current.firstElementChild;
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function (event) { event.preventDefault(); clear(); remember(); });
  chips.forEach(function (chip) {
    chip.addEventListener("click", function () { chip.setAttribute("aria-pressed", !pressed(chip)); change(); });
  });
  selects.forEach(function (select) { select.addEventListener("change", change); });
  find.addEventListener("input", change);
  all("a[data-f]").forEach(function (link) { link.href = "#?" + link.dataset.f; });
  document.addEventListener("focusin", function (event) {
    var test = event.target.closest("details.c");
    if (test) current = test;
  });
  document.addEventListener("toggle", function (event) {
    if (event.target.open) unfold(event.target);
  }, true);
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName), key = event.key;
    var onCase = event.target.parentElement && event.target.parentElement === current;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Escape") { clear(); remember(); if (typing) event.target.blur(); return; }
    if (typing) {
      if (event.target === find && (key === "Enter" || key === "ArrowDown")) { current = null; move(1); event.preventDefault(); }
      return;
    }
    if (key === "j" || (key === "ArrowDown" && onCase)) move(1);
    else if (key === "k" || (key === "ArrowUp" && onCase)) move(-1);
    else if (key === "/") { find.focus(); find.select(); }
    else if (key === "f") { press(letters() ? "" : "FCTSHBN"); change(); }
    else if (own.keys && own.keys[key] && current) { unfold(current); own.keys[key](current); }
    else return;
    event.preventDefault();
  });
  window.addEventListener("hashchange", follow);

  form.hidden = false;
  document.getElementById("keys").hidden = false;
  apply();
  follow();
  if (window.requestIdleCallback) window.requestIdleCallback(index);
  return { unfold: unfold };
}
