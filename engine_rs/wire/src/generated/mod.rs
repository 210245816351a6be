//! Written by `make proto`.

pub mod dispatch {
    pub mod engine {
        pub mod v1 {
            include!("dispatch.engine.v1.rs");
        }
    }
    pub mod v1 {
        include!("dispatch.v1.rs");
    }
}
