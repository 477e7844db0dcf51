// Loaded by LD_PRELOAD: lets a program meet a file system that cannot do what others can, and an OpenBLAS
// that says it has chosen other kernels, and stops it at a place.
//
// GMLP_TEST_FLOCK gives the error number of flock, GMLP_TEST_FOLDER_FSYNC that of fsync on a folder,
// GMLP_TEST_FCHMOD that of fchmod, GMLP_TEST_SHARED_MAPPING that of mmap for a shared mapping that is only read,
// GMLP_TEST_CORE the core of the kernels, GMLP_TEST_CONFIG the version and options.
// GMLP_TEST_STOP_AT has the process stop itself when it opens for the first time a file whose path ends so.
