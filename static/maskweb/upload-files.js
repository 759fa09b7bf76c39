// Upload page: which files people mean, from the pickers, the camera, or a drop of files and folders.
"use strict";
window.maskweb = window.maskweb || {};
(() => {
  const NAMES = /\.(jpe?g|jfif|png|webp|hei[cf])$/i;

  // A folder holds other things too; what somebody chose by hand is always sent, and refused with a reason.
  const isPhoto = (file) => NAMES.test(file.name) || /^image\/(jpeg|png|webp|hei[cf])$/.test(file.type);

  const readAll = (reader) =>
    new Promise((resolve, reject) => {
      const found = [];
      const next = () =>
        reader.readEntries((entries) => {
          if (!entries.length) return resolve(found);
          found.push(...entries);
          next();
        }, reject);
      next();
    });

  const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

  async function filesUnder(entry) {
    if (entry.isFile) return [await fileOf(entry)];
    const inside = await readAll(entry.createReader());
    inside.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    const files = [];
    for (const child of inside) files.push(...(await filesUnder(child)));
    return files;
  }

  async function fromDrop(transfer) {
    // Entries are gone after the first await: take them all at once.
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return { photos: [...transfer.files], leftOut: 0 };
    const chosen = { photos: [], leftOut: 0, isFolder: false };
    for (const entry of entries) {
      const files = await filesUnder(entry);
      const photos = entry.isFile ? files : files.filter(isPhoto);
      chosen.photos.push(...photos);
      chosen.leftOut += files.length - photos.length;
      chosen.isFolder ||= entry.isDirectory;
    }
    return chosen;
  }

  function fromFolder(list) {
    const files = [...list].sort((a, b) =>
      a.webkitRelativePath.localeCompare(b.webkitRelativePath, undefined, { numeric: true }),
    );
    const photos = files.filter(isPhoto);
    return { photos, leftOut: files.length - photos.length, isFolder: true };
  }

  window.maskweb.files = { fromDrop, fromFolder };
})();
