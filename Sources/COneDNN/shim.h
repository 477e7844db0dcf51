#ifndef CONEDNN_SHIM_H
#define CONEDNN_SHIM_H

#include <dnnl.h>

// The threads of oneDNN are OpenMP's. Declared here because clang does not ship GCC's omp.h.
extern void omp_set_num_threads(int threads);

// Debian 12 has oneDNN 2, Debian 13 has oneDNN 3. They describe matrices and operations in different ways, so both
// do it here.

/* A matrix that lies somewhere in memory; strides are in elements. */
typedef struct {
  dnnl_dim_t rows, columns;
  dnnl_dim_t row_stride, column_stride;
  dnnl_data_type_t type;
} conednn_matrix;

/* A compiled matrix product with its operands, which have no place yet, and the room that it works in. */
typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t left, right, product, scratchpad;
  size_t scratchpad_bytes;
} conednn_product;

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t conednn_layout;
typedef const_dnnl_memory_desc_t conednn_layout_address;
static inline conednn_layout_address conednn_address(const conednn_layout *layout) { return *layout; }
#else
typedef dnnl_memory_desc_t conednn_layout;
typedef const dnnl_memory_desc_t *conednn_layout_address;
static inline conednn_layout_address conednn_address(const conednn_layout *layout) { return layout; }
#endif

static inline dnnl_status_t conednn_describe(const conednn_matrix *matrix, conednn_layout *layout) {
  const dnnl_dims_t sizes = {matrix->rows, matrix->columns};
  const dnnl_dims_t strides = {matrix->row_stride, matrix->column_stride};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_strides(layout, 2, sizes, matrix->type, strides);
#else
  return dnnl_memory_desc_init_by_strides(layout, 2, sizes, matrix->type, strides);
#endif
}

static inline dnnl_status_t conednn_forget(conednn_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_destroy(*layout);
#else
  (void)layout;
  return dnnl_success;
#endif
}

/* Its scratchpad is the caller's; sums go to what the product's memory holds if it adds. */
static inline dnnl_status_t conednn_attributes(int adds, dnnl_primitive_attr_t *attributes) {
  dnnl_status_t status = dnnl_primitive_attr_create(attributes);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_attr_set_scratchpad_mode(*attributes, dnnl_scratchpad_mode_user);
  if (status != dnnl_success) return status;
  // ONEDNN_DEFAULT_FPMATH_MODE could otherwise make products of floats use bf16.
  status = dnnl_primitive_attr_set_fpmath_mode(*attributes, dnnl_fpmath_mode_strict);
  if (status != dnnl_success || !adds) return status;
  dnnl_post_ops_t sums;
  status = dnnl_post_ops_create(&sums);
  if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
  status = dnnl_post_ops_append_sum(sums, 1, 0, dnnl_data_type_undef);
#else
  status = dnnl_post_ops_append_sum(sums, 1);
#endif
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*attributes, sums);
  const dnnl_status_t ended = dnnl_post_ops_destroy(sums);
  return status != dnnl_success ? status : ended;
}

static inline dnnl_status_t conednn_describe_product(
    dnnl_engine_t engine, const conednn_layout layouts[3], int adds, dnnl_primitive_desc_t *description) {
  dnnl_primitive_attr_t attributes;
  dnnl_status_t status = conednn_attributes(adds, &attributes);
  if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
  status = dnnl_matmul_primitive_desc_create(
      description, engine, layouts[0], layouts[1], NULL, layouts[2], attributes);
#else
  dnnl_matmul_desc_t operation;
  status = dnnl_matmul_desc_init(&operation, &layouts[0], &layouts[1], NULL, &layouts[2]);
  if (status == dnnl_success) status = dnnl_primitive_desc_create(description, &operation, attributes, engine, NULL);
#endif
  const dnnl_status_t ended = dnnl_primitive_attr_destroy(attributes);
  return status != dnnl_success ? status : ended;
}

/* Compiles left · right, put in the product's memory or added to it. After a failure nothing may be used. */
static inline dnnl_status_t conednn_make_product(
    dnnl_engine_t engine, const conednn_matrix *left, const conednn_matrix *right, const conednn_matrix *product,
    int adds, conednn_product *made) {
  conednn_layout layouts[3];
  const conednn_matrix *matrices[3] = {left, right, product};
  dnnl_memory_t *memories[3] = {&made->left, &made->right, &made->product};
  dnnl_status_t status = dnnl_success;
  for (int matrix = 0; matrix < 3 && status == dnnl_success; matrix++) {
    status = conednn_describe(matrices[matrix], &layouts[matrix]);
  }
  if (status != dnnl_success) return status;
  dnnl_primitive_desc_t description;
  status = conednn_describe_product(engine, layouts, adds, &description);
  if (status != dnnl_success) return status;
  status = dnnl_primitive_create(&made->primitive, description);
  for (int matrix = 0; matrix < 3 && status == dnnl_success; matrix++) {
    status = dnnl_memory_create(memories[matrix], conednn_address(&layouts[matrix]), engine, NULL);
    if (status == dnnl_success) status = conednn_forget(&layouts[matrix]);
  }
  if (status != dnnl_success) return status;
  const conednn_layout_address scratchpad = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
  if (!scratchpad) return dnnl_invalid_arguments;
  made->scratchpad_bytes = dnnl_memory_desc_get_size(scratchpad);
  status = dnnl_memory_create(&made->scratchpad, scratchpad, engine, NULL);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_destroy(description);
}

#endif
