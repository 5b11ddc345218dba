//! The promises of `exact`.

use super::{Row, there};

const DECIMAL: &str = "exact/src/decimal.rs";
const TILE: &str = "exact/src/tile/tests.rs";
const BITS: &str = "exact/tests/bits.rs";
const RNG: &str = "exact/tests/rng.rs";
const SCALED: &str = "exact/tests/scaled.rs";
const STATISTICS: &str = "exact/tests/statistics.rs";
const TRANSCENDENTAL: &str = "exact/tests/transcendental.rs";
const OWNED: &str = "slope/tests/owned.rs";
const SAME_BITS: &str = "slope/tests/same_bits.rs";

pub const ROWS: &[Row] = &[
    there(
        "decimal",
        "Decimal text as the nearest number, and a number as decimal text.",
        (DECIMAL, "it_is_the_nearest"),
    ),
    there(
        "decimal::text",
        "The shortest text that is read as the number: one with a power of \
         ten where the number is very large or very small.",
        (DECIMAL, "numbers_are_written_as_the_standard_library_writes_them"),
    ),
    there(
        "decimal::read",
        "The number nearest to what a text stands for: `12`, `-0.5`, \
         `1e-9`; of two that are as near, the even one.",
        (DECIMAL, "ties_go_to_the_even_number"),
    ),
    there(
        "decimal::read",
        "There is `NaN`, too.",
        (DECIMAL, "other_texts_are_refused"),
    ),
    there(
        "decimal::read",
        "`None` for any other text.",
        (DECIMAL, "other_texts_are_refused"),
    ),
    there(
        "decimal::nearest",
        "The number nearest to m·10ᵏ; of two that are as near, the even \
         one.",
        (DECIMAL, "subnormal_numbers_come_back"),
    ),
    there(
        "lib",
        "Arithmetic that gives the same bits on every machine and in the \
         browser, for *Linear All the Way Down*.",
        (SAME_BITS, "a_run_that_learns_has_the_recorded_bits"),
    ),
    there(
        "product",
        "Every product of two matrices, and the only place where one is \
         formed.",
        (OWNED, "nobody_calls_what_is_not_bit_exact"),
    ),
    there(
        "product",
        "Here each element adds its terms with k ascending, starting from \
         zero (or from the bias), and multiplication and addition round \
         separately (no fused multiply-add), so every machine finds the \
         same bits.",
        (BITS, "every_product_has_the_bits_of_the_triple_loop"),
    ),
    there(
        "product::affine",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::affine_into",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::affine_into",
        "If the result is not row-major.",
        (SCALED, "a_result_that_is_not_row_major_panics"),
    ),
    there(
        "product::a_b",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::a_b_into",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::a_b_into",
        "If the result is not row-major.",
        (SCALED, "a_result_that_is_not_row_major_panics"),
    ),
    there(
        "product::at_b",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::at_b_into",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::at_b_into",
        "If the result is not row-major.",
        (SCALED, "a_result_that_is_not_row_major_panics"),
    ),
    there(
        "product::a_v",
        "If the shapes do not fit; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::column_sums_into",
        "If there is not one sum for each column, or the sums do not lie \
         side by side.",
        (SCALED, "a_result_that_is_not_row_major_panics"),
    ),
    there(
        "product::multiply",
        "If the shapes differ; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::multiply",
        "If A is not row-major.",
        (SCALED, "a_result_that_is_not_row_major_panics"),
    ),
    there(
        "product::inner",
        "If the shapes differ; the message states them.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::norm",
        "‖A‖ = √⟨A, A⟩, the Frobenius norm, whatever the size of the \
         elements: see [`length`].",
        (SCALED, "lengths_scale_with_their_numbers"),
    ),
    there(
        "product::length",
        "No square is too large or too small: the length is infinite only \
         where no number is as large, and 0 only if all vᵢ are.",
        (SCALED, "a_length_is_zero_only_if_all_are_and_infinite_only_if_it_is"),
    ),
    there(
        "product::inner_rows",
        "If the rows differ in length.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::gram",
        "If the rows differ in length.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "product::rotate",
        "If the rows differ in length.",
        (SCALED, "shapes_that_do_not_fit_panic_and_are_stated"),
    ),
    there(
        "rng",
        "Random numbers that are the same on every machine, now and in ten \
         years.",
        (SAME_BITS, "a_run_that_learns_has_the_recorded_bits"),
    ),
    there(
        "rng::Rng::uniform",
        "A uniform number in [0, 1): 53 random bits over 2⁵³.",
        (RNG, "uniform_numbers_stay_in_their_interval"),
    ),
    there(
        "rng::Rng::below",
        "If n is zero.",
        (RNG, "there_is_no_number_below_zero"),
    ),
    there(
        "scale",
        "Powers of two: a multiplication by one is exact, so numbers of any \
         size can be brought near 1 and back, and no digit knows of it.",
        (SCALED, "a_shift_rounds_once"),
    ),
    there(
        "scale::exponent",
        "0 if all are zero, if there are none, or if one is not finite.",
        (SCALED, "the_exponent_is_that_of_the_largest"),
    ),
    there(
        "tile",
        "`tests/bits.rs` holds every shape against the triple loop, bit for \
         bit.",
        (BITS, "every_product_has_the_bits_of_the_triple_loop"),
    ),
    there(
        "tile",
        "There are two: `vectors`, as wide as those of the machine that it \
         finds itself on, and `compact`, for the page of a book.",
        (TILE, "the_width_of_the_vectors_does_not_matter"),
    ),
    there(
        "tile::widest",
        "Each lane does what a single number would, so the bits are the \
         same.",
        (TRANSCENDENTAL, "many_tanhs_at_once_have_the_bits_of_each_alone"),
    ),
    there(
        "transcendental",
        "Every transcendental function of the crate, and the only door to \
         them.",
        (OWNED, "nobody_calls_what_is_not_bit_exact"),
    ),
    there(
        "transcendental",
        "Everything here is plain IEEE arithmetic or the portable `libm` \
         crate, so the same input gives the same bits on every machine.",
        (SAME_BITS, "a_run_that_learns_has_the_recorded_bits"),
    ),
    there(
        "transcendental",
        "Square roots are exact by the IEEE standard and need no such care.",
        (SCALED, "a_square_root_is_rounded_to_the_nearest"),
    ),
    there(
        "transcendental::exp",
        "eˣ, within 1.1 units in the last place: the last rounding costs ½, \
         and so do those of r and of its series together, and a little.",
        (TRANSCENDENTAL, "exp_is_within_1_1_ulps"),
    ),
    there(
        "transcendental::exp",
        "There is no table and no branch: a loop over many x runs in the \
         lanes of a vector, each lane with the bits it has alone.",
        (TRANSCENDENTAL, "many_tanhs_at_once_have_the_bits_of_each_alone"),
    ),
    there(
        "transcendental::exp_m1",
        "eˣ − 1, accurate near zero, within three units in the last place.",
        (TRANSCENDENTAL, "exp_m1_is_within_three_ulps"),
    ),
    there(
        "transcendental::tanh",
        "The hyperbolic tangent, within four units in the last place.",
        (TRANSCENDENTAL, "tanh_is_within_four_ulps"),
    ),
    there(
        "transcendental::tanh_and_slope",
        "tanh x and its slope 1 − tanh² x, both accurate over the whole \
         line: the slope within six units in the last place, down to where \
         it rounds to 0.",
        (
            TRANSCENDENTAL,
            "the_slope_of_tanh_is_within_six_ulps_over_the_whole_line",
        ),
    ),
    there(
        "transcendental::tanhs_and_slopes",
        "If they have not.",
        (TRANSCENDENTAL, "tanhs_need_room_for_as_many_slopes"),
    ),
    there(
        "transcendental::ln_1p",
        "ln(1 + x), accurate near zero.",
        (TRANSCENDENTAL, "ln_1p_is_accurate_near_zero"),
    ),
    there(
        "transcendental::erfc",
        "The complementary error function 1 − erf(x), accurate for large x.",
        (TRANSCENDENTAL, "erfc_is_accurate_for_large_x"),
    ),
    there(
        "statistics",
        "All add in the order of the values, so that they give the same bits \
         everywhere.",
        (STATISTICS, "sums_are_taken_in_the_order_of_the_values"),
    ),
    there(
        "statistics::least",
        "The least value; infinite where there is none.",
        (STATISTICS, "of_nothing_there_is_no_number"),
    ),
    there(
        "statistics::most",
        "The greatest value; −∞ where there is none.",
        (STATISTICS, "of_nothing_there_is_no_number"),
    ),
    there(
        "statistics::mean",
        "The arithmetic mean; NaN where there is no value.",
        (STATISTICS, "of_nothing_there_is_no_number"),
    ),
    there(
        "statistics::median",
        "NaN where there is none.",
        (STATISTICS, "of_nothing_there_is_no_number"),
    ),
];
