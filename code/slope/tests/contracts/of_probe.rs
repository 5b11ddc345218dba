//! The promises of `probe`.

use super::{Row, there};

const ADVERSARIAL: &str = "probe/tests/adversarial.rs";
const FLOOR: &str = "probe/tests/floor.rs";

pub const ROWS: &[Row] = &[
    there(
        "difference::numeric_gradient",
        "The slope of the loss in every parameter, measured, in the order \
         of [`Network::parameters`].",
        (ADVERSARIAL, "central_differences_agree_with_backpropagation"),
    ),
    there(
        "difference::numeric_gradient",
        "`None` where the method does not apply.",
        (
            ADVERSARIAL,
            "a_step_that_cannot_be_made_panics_and_one_too_small_moves_nothing",
        ),
    ),
    there(
        "difference::numeric_gradient",
        "If `x`, `y` and the network do not fit together, or there is no \
         example.",
        (ADVERSARIAL, "what_does_not_fit_the_network_panics"),
    ),
    there(
        "difference::numeric_gradient",
        "If the step is 0 or not finite, or carries a parameter out of the \
         range of an `f64`.",
        (
            ADVERSARIAL,
            "a_step_that_cannot_be_made_panics_and_one_too_small_moves_nothing",
        ),
    ),
    there(
        "difference::relative_error",
        "‖a − b‖/(‖a‖ + ‖b‖), between 0 (equal) and 1 (opposite); 1/√2 if \
         they are orthogonal and of one length, 0 if both are zero.",
        (ADVERSARIAL, "a_relative_error_does_not_depend_on_the_size"),
    ),
    there(
        "difference::relative_error",
        "NaN if a number is not finite.",
        (ADVERSARIAL, "a_relative_error_does_not_depend_on_the_size"),
    ),
    there(
        "difference::relative_error",
        "If the lengths differ.",
        (ADVERSARIAL, "a_relative_error_does_not_depend_on_the_size"),
    ),
    there(
        "floor",
        "It is also the floor of every identity network, however deep.",
        (FLOOR, "no_identity_network_passes_the_floor"),
    ),
    there(
        "floor::LinearFloor::certificate",
        "At the best map the error of its answers (y − σ(output) under \
         [`Loss::BceLogits`]) is orthogonal to every column of x and to the \
         constant.",
        (FLOOR, "the_errors_of_the_best_map_are_orthogonal_to_every_column"),
    ),
    there(
        "floor::NoFloor::Shape",
        "Data and loss do not fit together, or a number is not finite.",
        (FLOOR, "what_has_no_floor_says_why"),
    ),
    there(
        "floor::linear_floor",
        "See [`NoFloor`].",
        (FLOOR, "what_has_no_floor_says_why"),
    ),
    there(
        "gradients::per_example_gradients",
        "If `x`, `y` and the network do not fit together.",
        (ADVERSARIAL, "what_does_not_fit_the_network_panics"),
    ),
    there(
        "gradients::jacobians",
        "If `x` does not fit the network.",
        (ADVERSARIAL, "what_does_not_fit_the_network_panics"),
    ),
    there(
        "gradients::spread",
        "The root mean square distance of the rows from their mean, over \
         the length of the mean: 0 if all rows are equal, or there are \
         none; infinite if only their mean is 0; NaN if a number is not \
         finite.",
        (ADVERSARIAL, "a_spread_does_not_depend_on_the_size"),
    ),
    there(
        "gradients::spread",
        "The mean is taken about the first row, so that equal rows give \
         exactly 0.",
        (ADVERSARIAL, "a_spread_does_not_depend_on_the_size"),
    ),
    there(
        "gradients::dead_units",
        "How many units of each dense layer have slope 0 on every row of \
         `x`: they learn nothing from it.",
        (ADVERSARIAL, "a_unit_is_dead_where_its_slope_is_zero_and_not_before"),
    ),
    there(
        "gradients::dead_units",
        "If `x` does not fit the network.",
        (ADVERSARIAL, "what_does_not_fit_the_network_panics"),
    ),
    there(
        "lib",
        "[`linear_floor`] is the loss that no affine map passes; \
         [`Difference`]s check a gradient without its formula; \
         [`per_example_gradients`] and [`jacobians`] say what is constant \
         in a network and what is not; [`kinks_along`] counts straight \
         pieces, and [`svd`] finds the directions that a matrix stretches.",
        (FLOOR, "least_squares_at_any_size_and_offset"),
    ),
    there(
        "pieces::kinks_along",
        "Where on the segment from `from` (t = 0) to `to` (t = 1) some ReLU \
         or leaky ReLU switches sides, ascending: the network has at most \
         one linear piece more than that.",
        (ADVERSARIAL, "kinks_do_not_depend_on_the_size"),
    ),
    there(
        "pieces::kinks_along",
        "It has fewer where nothing after a unit listens to it, or where \
         rounding makes two of one kink.",
        (ADVERSARIAL, "pieces_may_be_fewer_than_the_kinks_say"),
    ),
    there(
        "pieces::kinks_along",
        "`None` if an activation is smooth.",
        (ADVERSARIAL, "the_points_of_a_segment_may_be_as_large_as_numbers_are"),
    ),
    there(
        "pieces::kinks_along",
        "If the points do not have the network's number of inputs, or are \
         not finite.",
        (ADVERSARIAL, "what_does_not_fit_the_network_panics"),
    ),
    there(
        "pieces::kinks_along",
        "If the network overflows between them.",
        (ADVERSARIAL, "the_points_of_a_segment_may_be_as_large_as_numbers_are"),
    ),
    there(
        "singular::NoSvd::NotFinite",
        "Some element is infinite or NaN.",
        (ADVERSARIAL, "what_has_no_singular_values_says_where_and_why"),
    ),
    there(
        "singular::svd",
        "What the lengths of the columns differ by costs the small values \
         no digits: those of B·diag(d) are as accurate as those of B, if d \
         spans no more than a hundred powers of ten.",
        (ADVERSARIAL, "short_columns_keep_the_digits_of_their_values"),
    ),
    there(
        "singular::svd",
        "See [`NoSvd`].",
        (ADVERSARIAL, "what_has_no_singular_values_says_where_and_why"),
    ),
    there(
        "singular::singular_values",
        "See [`NoSvd`].",
        (ADVERSARIAL, "what_has_no_singular_values_says_where_and_why"),
    ),
    there(
        "singular::truncated",
        "The nearest matrix of this rank (C. Eckart, G. Young, 1936): the \
         largest singular values are kept, the others set to zero.",
        (ADVERSARIAL, "the_truncated_matrix_is_the_nearest"),
    ),
    there(
        "singular::truncated",
        "See [`NoSvd`].",
        (ADVERSARIAL, "what_has_no_singular_values_says_where_and_why"),
    ),
];
