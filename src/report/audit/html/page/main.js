startTheme();
// A report without findings, or with --summary, has no list.
if (byId('list') !== null) startPrinting(startFindings());
