// Loaded by LD_PRELOAD: lets a program meet a file system that cannot do what others can.
//
// GMLP_TEST_FLOCK gives the error number of flock, GMLP_TEST_FOLDER_FSYNC that of fsync on a folder.
