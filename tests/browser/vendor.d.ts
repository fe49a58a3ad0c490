// The server serves socket.io-client's own module under this name; its types come with the package.
declare module "*/vendor/socket.io.esm.min.js" {
  export { io } from "socket.io-client";
}
