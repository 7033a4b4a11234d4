// [essay]
int x;
// [/essay]
