mod glob;
