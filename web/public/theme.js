// Before the first paint: a person who chose light or dark sees no flash of the other. Not a module, hence not deferred.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is forbidden; the system's choice stands.
}
